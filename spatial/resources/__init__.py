"""Emergency resources (应急资源): teams, shelters, supplies, stations, cameras."""
