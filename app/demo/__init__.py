"""The made-up distributor: what a newcomer sees first, and what every judgement is measured against."""
