"""Environment variables: definitions turned into answers, and what was seen of them without values."""
