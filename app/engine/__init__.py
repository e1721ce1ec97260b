"""Correlate, fold, judge: from stored events to orders, Dues and open conditions."""
