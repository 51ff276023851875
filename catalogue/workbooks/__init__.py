"""Spreadsheets as files: reading what hosts upload, the template, and the same workbook back with remarks."""
