"""Patrol plans (巡查计划): what is to be covered, when that is due, and what was done of it."""
