"""Competence frameworks: read, compared, drafted and published."""

from exam_engine.http.web.frameworks import draft, imports, pages, part

ROUTERS = tuple(shown.router for shown in (pages, imports, draft, part))
