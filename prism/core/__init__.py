"""The ground floor: what every room stands on; imports nothing of ours."""
