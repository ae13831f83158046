DELETE FROM public_matter;
