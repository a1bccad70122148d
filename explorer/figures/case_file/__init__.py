"""The case file: one prediction, its evidence, the edits and real refits as one HTML file; templates and styles lie beside it."""

from explorer.figures.case_file.rendering import (
    APP,
    UNKNOWN,
    casefile,
    explain_address,
    galleries_text,
    prediction_text,
    write_page,
)

__all__ = ["APP", "UNKNOWN", "casefile", "explain_address", "galleries_text", "prediction_text", "write_page"]
