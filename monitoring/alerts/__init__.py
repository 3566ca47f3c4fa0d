"""Alerts: rules, incidents, maintenance, and telling the right person once."""
