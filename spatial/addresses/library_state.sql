-- How often the library was written; the oldest state that an index can be brought up to date from; when an
-- alias was last written; and the day, for addresses that go out of use by the calendar.
SELECT stamp, whole, terms, current_date AS day FROM address_state;
