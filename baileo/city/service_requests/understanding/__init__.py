"""Reading a citizen's words: is it a report, of what kind, about which service. Explainable, no training data."""

from __future__ import annotations

from baileo.city.service_requests.understanding.reading import Verdict, looks_like_report, says_solved, says_unsolved
from baileo.city.service_requests.understanding.suggesting import Catalogue

__all__ = ["Catalogue", "Verdict", "looks_like_report", "says_solved", "says_unsolved"]
