"""Objectives over many Dues: shares met, error budgets, how fast they burn, and the periods they are counted in."""
