"""The bank at work: finding, writing, judging, importing and exporting items, and what the bank covers."""

from exam_engine.http.web.bank import batches, coverage, editor, export, imports, item, items, media

ROUTERS = tuple(pages.router for pages in (items, batches, editor, item, imports, export, media, coverage))
