"""What is known about customers, and since when.

reading -> language -> landing -> canonical -> facts: files become text, text becomes typed values by the company's
mapping, rows that keep their contract land, all landed files together make the canonical tables, and these the facts
from which every KPI and model starts. `guessing` proposes the mapping, `quality` says what to think of the records.
"""
