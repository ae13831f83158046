"""Tasks and messages to people and vehicles in the field (任务/通知), and what becomes of them."""
