"""Figures: pure functions, rows in, a Plotly figure or a piece of HTML out. They ask nothing and know no page."""
