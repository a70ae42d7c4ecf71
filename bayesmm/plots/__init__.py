"""Pictures: numbers, then a tidy table, then ink."""
