"""The job that foretells anew what customers will do, tried on the past first."""

from regulars.core.errors import RegularsError
from regulars.core.wording import counted
from regulars.jobs.job import Job, Work
from regulars.views.company import open_company


def _run(work: Work) -> str:
    left: list[RegularsError] = []
    with open_company(work.workspace.folder) as company:
        told = company.backtest(missed=left.append)
    notes = f"; {counted(len(left), 'outcome')} cannot be foretold of these records" if left else ""
    return f"{counted(len(told), 'outcome')} foretold{notes}"


backtest = Job(
    name="backtest", does="Try all models on the past and foretell with the best, as `regulars backtest`.", run=_run
)
