"""Forecasts of one course: models, rolling origins, conformal limits, joint paths."""
