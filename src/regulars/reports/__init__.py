"""Documents made of a page's record: the same numbers as PDF, HTML, e-mail, workbook, CSV and JSON."""
