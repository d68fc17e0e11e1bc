"""What is said of a program: findings as text and as data, near names, and mends."""
