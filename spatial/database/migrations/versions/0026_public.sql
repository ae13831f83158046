-- Reports of the public and how they follow them.

-- Kinds of places that the public page shows, in its order; null: not shown.
ALTER TABLE place_kind
    ADD COLUMN public_rank smallint,
    ADD CONSTRAINT ck_place_kind_public_rank CHECK (public_rank BETWEEN 1 AND 99);
INSERT INTO place_kind (key, title, title_en, icon, colour, risk_bearing, every_days) VALUES
    ('toilet', '公共厕所', 'Public toilet', 'toilet', '#2f7d8c', false, '{30,90,180,365}'),
    ('park', '公园', 'Park', 'park', '#3d8b4f', false, '{30,90,180,365}'),
    ('parking', '停车场', 'Car park', 'parking', '#3a66a8', false, '{30,90,180,365}')
ON CONFLICT DO NOTHING;
UPDATE place_kind AS k
SET public_rank = o.rank
FROM unnest('{toilet,park,parking,community_centre,pharmacy,hospital,post_office,library,police}'::text[])
    WITH ORDINALITY AS o (key, rank)
WHERE k.key = o.key;

-- What the public may report, in plain words, and the matter that each is.
CREATE TABLE public_matter (
    key text NOT NULL,
    theme text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    hint text DEFAULT '' NOT NULL,
    hint_en text DEFAULT '' NOT NULL,
    category text NOT NULL,
    rank smallint NOT NULL,
    CONSTRAINT pk_public_matter PRIMARY KEY (key),
    CONSTRAINT ck_public_matter_theme CHECK (theme IN ('clean', 'road', 'facility', 'order')),
    CONSTRAINT fk_public_matter_category FOREIGN KEY (category) REFERENCES matter (code)
);
INSERT INTO public_matter (key, theme, title, title_en, hint, hint_en, category, rank)
SELECT m.key, m.theme, m.title, m.title_en, m.hint, m.hint_en, m.category, row_number() OVER (ORDER BY m.nr)
FROM (VALUES
    (1, 'rubbish', 'clean', '垃圾堆积', 'Rubbish lying about', '路边、空地有散落或堆积的垃圾',
     'Litter or heaps by the road or on open ground', '06010'),
    (2, 'full_bin', 'clean', '垃圾桶满了', 'Overflowing bin', '', '', '06042'),
    (3, 'dirty_road', 'clean', '道路不干净', 'Dirty road', '泥水、油污、落叶没有清扫', 'Mud, oil or leaves not swept', '06012'),
    (4, 'toilet', 'clean', '公厕脏或坏了', 'Dirty or broken public toilet', '', '', '03001'),
    (5, 'sewage', 'clean', '污水外流', 'Sewage on the street', '', '', '06030'),
    (6, 'river', 'clean', '河湖被污染', 'Polluted river or lake', '', '', '06026'),
    (7, 'advert', 'clean', '乱贴小广告', 'Illegal small adverts', '', '', '07001'),
    (8, 'pothole', 'road', '路面坑洼破损', 'Pothole or broken road', '', '', '06013'),
    (9, 'manhole', 'road', '井盖丢失或损坏', 'Missing or broken manhole cover', '危险时请先提醒行人绕行',
     'If it is dangerous, warn passers-by first', '01023'),
    (10, 'tactile_path', 'road', '盲道损坏或缺失', 'Broken tactile paving', '', '', '06051'),
    (11, 'barrier_free', 'road', '无障碍设施损坏', 'Broken step-free access', '坡道、电梯、扶手',
     'Ramps, lifts or handrails', '02034'),
    (12, 'traffic_light', 'road', '红绿灯故障', 'Traffic light out of order', '', '', '02014'),
    (13, 'ice', 'road', '积雪结冰', 'Snow or ice', '', '', '10001'),
    (14, 'street_light', 'facility', '路灯不亮', 'Street light out', '请尽量写明灯杆编号',
     'The number on the pole helps', '01037'),
    (15, 'cable', 'facility', '线缆脱落下垂', 'Fallen or sagging cable', '请勿触碰', 'Do not touch it', '10002'),
    (16, 'street_tree', 'facility', '树木倒伏或枯死', 'Fallen or dead tree', '', '', '04002'),
    (17, 'greenery', 'facility', '绿地被破坏', 'Damaged greenery', '', '', '04013'),
    (18, 'exercise', 'facility', '健身设施损坏', 'Broken exercise equipment', '', '', '01046'),
    (19, 'noise', 'order', '噪声扰民', 'Noise', '广场舞、商铺音响等', 'Loudspeakers, squares, shops', '06028'),
    (20, 'building_site', 'order', '施工扰民', 'Noise from building work', '', '', '08001'),
    (21, 'dust', 'order', '工地扬尘', 'Dust from building work', '', '', '08004'),
    (22, 'fumes', 'order', '油烟污染', 'Kitchen fumes', '', '', '06027'),
    (23, 'parked_car', 'order', '汽车乱停', 'Badly parked car', '', '', '09009'),
    (24, 'shared_bike', 'order', '共享单车乱放', 'Badly parked shared bikes', '', '', '09011'),
    (25, 'fire_lane', 'order', '消防通道被占', 'Blocked fire lane', '', '', '09012'),
    (26, 'stall', 'order', '占道经营', 'Stall blocking the way', '', '', '09006'),
    (27, 'unpermitted', 'order', '私搭乱建', 'Building without permission', '', '', '06001')
) AS m (nr, key, theme, title, title_en, hint, hint_en, category)
JOIN matter ON matter.code = m.category;

-- By what somebody who reported it follows an event. The code itself is kept nowhere.
CREATE TABLE public_report (
    event_id bigint NOT NULL,
    digest bytea NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_public_report PRIMARY KEY (event_id),
    CONSTRAINT fk_public_report_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT uq_public_report_digest UNIQUE (digest),
    CONSTRAINT ck_public_report_digest CHECK (octet_length(digest) = 32)
);
