-- Lists of matters: a city may have another than the standard's, or several; which of them reports may name is said
-- here. What a matter of a list that is not in use stands for is found by its name, or decided by a person.
CREATE TABLE matter_profile (
    name text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    standard text NOT NULL,
    source text NOT NULL,
    prefix text DEFAULT '' NOT NULL,
    in_use boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_matter_profile PRIMARY KEY (name),
    CONSTRAINT uq_matter_profile_prefix UNIQUE (prefix),
    CONSTRAINT ck_matter_profile_prefix CHECK (prefix ~ '^[a-z]{0,8}$')
);
INSERT INTO matter_profile (name, title, title_en, standard, source, in_use) VALUES (
    'gbt47678_5_2026', '城市运行管理服务平台 第5部分：管理部件和事项', 'City operation platform, part 5: components and matters',
    'GB/T 47678.5-2026',
    'github.com/Jackyhellolove/city-inspection-ai, which says it took the tables from the standard and that it is in'
    || ' force from 2026-07-01; one source: check against the standard', true
);

-- A code of another list stands behind its list's prefix, so no two lists have a code, or the code of a class, alike.
ALTER TABLE matter
    ADD COLUMN profile text DEFAULT 'gbt47678_5_2026' NOT NULL
        CONSTRAINT fk_matter_profile REFERENCES matter_profile (name),
    ADD COLUMN list_code text,
    ADD COLUMN retired boolean DEFAULT false NOT NULL;
CREATE UNIQUE INDEX uq_matter_list_code ON matter (profile, list_code) WHERE list_code IS NOT NULL;

CREATE TABLE matter_mapping (
    code text NOT NULL,
    to_code text NOT NULL,
    score double precision NOT NULL,
    evidence text NOT NULL,
    chosen boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_matter_mapping PRIMARY KEY (code, to_code),
    CONSTRAINT ck_matter_mapping_score CHECK (score BETWEEN 0 AND 1),
    CONSTRAINT fk_matter_mapping_code FOREIGN KEY (code) REFERENCES matter (code) ON DELETE CASCADE,
    CONSTRAINT fk_matter_mapping_to_code FOREIGN KEY (to_code) REFERENCES matter (code) ON DELETE CASCADE
);
CREATE INDEX ix_matter_mapping_to_code ON matter_mapping (to_code);
CREATE UNIQUE INDEX uq_matter_mapping_chosen ON matter_mapping (code) WHERE chosen;
