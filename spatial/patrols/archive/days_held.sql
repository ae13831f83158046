SELECT day FROM archive_day WHERE held_until > now();
