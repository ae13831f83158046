-- Grids of cells with figures (people, households), each a GeoTIFF: in the store, so that backups have them.
CREATE TABLE raster (
    name text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    bands text[] NOT NULL,
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_raster PRIMARY KEY (name)
);
ALTER TABLE raster ALTER COLUMN content SET STORAGE EXTERNAL;
