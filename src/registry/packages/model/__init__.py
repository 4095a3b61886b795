"""The financial model 财务模型 as a live workbook, emitted from the same row declarations the engine evaluates."""
