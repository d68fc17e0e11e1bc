"""Enums, schemas and signatures: what data looks like."""
