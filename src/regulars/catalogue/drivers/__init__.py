"""Operational facts that may go along with what customers say."""
