-- One after another: two lists that are put at once would mix. Readers go on.
LOCK TABLE public_matter IN SHARE ROW EXCLUSIVE MODE;
