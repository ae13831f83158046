"""Compliance (巡查完成情况): how much of a patrol was done, as pure functions of graded tracks."""
