CREATE TABLE label (
	id INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	position INTEGER NOT NULL, 
	positive BOOLEAN NOT NULL, 
	never_in_bulk BOOLEAN NOT NULL, 
	CONSTRAINT pk_label PRIMARY KEY (id), 
	CONSTRAINT uq_label_name UNIQUE (name)
);
CREATE TABLE reviewer (
	id INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_reviewer PRIMARY KEY (id), 
	CONSTRAINT uq_reviewer_name UNIQUE (name)
);
CREATE TABLE stack (
	id INTEGER NOT NULL, 
	best_image_id INTEGER, 
	CONSTRAINT pk_stack PRIMARY KEY (id)
);
CREATE TABLE snapshot (
	id INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	event_id INTEGER NOT NULL, 
	"query" JSON NOT NULL, 
	created VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_snapshot PRIMARY KEY (id), 
	CONSTRAINT uq_snapshot_name UNIQUE (name)
);
CREATE TABLE setting (
	"key" VARCHAR(200) NOT NULL, 
	value JSON NOT NULL, 
	CONSTRAINT pk_setting PRIMARY KEY ("key")
);
CREATE TABLE image (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	file TEXT NOT NULL, 
	suffix VARCHAR(8) NOT NULL, 
	bytes INTEGER NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	orientation INTEGER NOT NULL, 
	phash VARCHAR(16), 
	sharpness FLOAT, 
	label_id INTEGER, 
	stack_id INTEGER, 
	synthetic BOOLEAN NOT NULL, 
	proposed_by VARCHAR(80), 
	created VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_image PRIMARY KEY (id), 
	CONSTRAINT uq_image_sha256 UNIQUE (sha256), 
	CONSTRAINT fk_image_label_id_label FOREIGN KEY(label_id) REFERENCES label (id), 
	CONSTRAINT fk_image_stack_id_stack FOREIGN KEY(stack_id) REFERENCES stack (id)
);
CREATE INDEX ix_image_stack_id ON image (stack_id);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	title TEXT NOT NULL, 
	folder TEXT NOT NULL, 
	snapshot_id INTEGER, 
	created VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT uq_run_folder UNIQUE (folder), 
	CONSTRAINT fk_run_snapshot_id_snapshot FOREIGN KEY(snapshot_id) REFERENCES snapshot (id)
);
CREATE TABLE box (
	id INTEGER NOT NULL, 
	image_id INTEGER NOT NULL, 
	cx FLOAT NOT NULL, 
	cy FLOAT NOT NULL, 
	side FLOAT NOT NULL, 
	label_id INTEGER, 
	state VARCHAR(12) NOT NULL, 
	origin VARCHAR(40) NOT NULL, 
	version VARCHAR(20), 
	score FLOAT, 
	rank INTEGER NOT NULL, 
	reason VARCHAR(16), 
	comment TEXT, 
	deleted BOOLEAN NOT NULL, 
	CONSTRAINT pk_box PRIMARY KEY (id), 
	CONSTRAINT fk_box_image_id_image FOREIGN KEY(image_id) REFERENCES image (id), 
	CONSTRAINT fk_box_label_id_label FOREIGN KEY(label_id) REFERENCES label (id)
);
CREATE INDEX ix_box_queue ON box (image_id, rank, deleted, state, label_id, origin, score);
CREATE INDEX ix_box_state ON box (deleted, state, label_id);
CREATE TABLE source (
	id INTEGER NOT NULL, 
	origin VARCHAR(16) NOT NULL, 
	list_name TEXT NOT NULL, 
	line INTEGER, 
	as_read JSON NOT NULL, 
	url_listed TEXT, 
	url TEXT, 
	host TEXT, 
	path TEXT, 
	label TEXT, 
	status VARCHAR(16) NOT NULL, 
	reason VARCHAR(32), 
	detail TEXT, 
	needs_box BOOLEAN NOT NULL, 
	image_id INTEGER, 
	box_id INTEGER, 
	headers JSON, 
	created VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT fk_source_image_id_image FOREIGN KEY(image_id) REFERENCES image (id), 
	CONSTRAINT fk_source_box_id_box FOREIGN KEY(box_id) REFERENCES box (id)
);
CREATE INDEX ix_source_list ON source (list_name, line);
CREATE INDEX ix_source_image_id ON source (image_id);
CREATE INDEX ix_source_status ON source (status, url, reason);
CREATE INDEX ix_source_url ON source (url);
CREATE INDEX ix_source_needs_box ON source (needs_box, image_id);
CREATE INDEX ix_source_list_url ON source (list_name, url, label, needs_box, origin);
CREATE INDEX ix_source_box_id ON source (box_id);
CREATE TABLE event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	time VARCHAR(32) NOT NULL, 
	reviewer_id INTEGER, 
	image_id INTEGER, 
	box_id INTEGER, 
	action VARCHAR(16) NOT NULL, 
	"before" JSON, 
	"after" JSON, 
	detector VARCHAR(40), 
	detector_version VARCHAR(20), 
	ms_spent INTEGER, 
	on_screen JSON, 
	reverts INTEGER, 
	batch INTEGER, 
	CONSTRAINT fk_event_reviewer_id_reviewer FOREIGN KEY(reviewer_id) REFERENCES reviewer (id), 
	CONSTRAINT fk_event_image_id_image FOREIGN KEY(image_id) REFERENCES image (id), 
	CONSTRAINT fk_event_box_id_box FOREIGN KEY(box_id) REFERENCES box (id)
);
CREATE INDEX ix_event_reverts ON event (reverts);
CREATE INDEX ix_event_reviewer ON event (reviewer_id, id);
CREATE INDEX ix_event_box_id ON event (box_id);
CREATE TABLE snapshot_box (
	snapshot_id INTEGER NOT NULL, 
	box_id INTEGER NOT NULL, 
	image_sha256 VARCHAR(64) NOT NULL, 
	label TEXT, 
	state VARCHAR(12) NOT NULL, 
	cx FLOAT NOT NULL, 
	cy FLOAT NOT NULL, 
	side FLOAT NOT NULL, 
	CONSTRAINT pk_snapshot_box PRIMARY KEY (snapshot_id, box_id), 
	CONSTRAINT fk_snapshot_box_snapshot_id_snapshot FOREIGN KEY(snapshot_id) REFERENCES snapshot (id), 
	CONSTRAINT fk_snapshot_box_box_id_box FOREIGN KEY(box_id) REFERENCES box (id)
);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
BEGIN;
INSERT INTO "alembic_version" VALUES('0001');
INSERT INTO "box" VALUES(1,1,126.0,206.0,128.0,2,'accepted','blob','0',7.90734107821566611917e-01,0,NULL,NULL,0);
INSERT INTO "box" VALUES(2,1,2.18053097345132755428e+02,2.96470588235294144393e+02,128.0,2,'rejected','blob','0',7.75739151673183302548e-01,1,'blur',NULL,0);
INSERT INTO "box" VALUES(3,1,1.67079646017699104737e+02,8.18823529411764639007e+01,128.0,2,'undecided','blob','0',0.714809080081844,2,NULL,NULL,0);
INSERT INTO "box" VALUES(4,1,479.0,115.0,128.0,2,'undecided','blob','0',7.01601191270065149829e-01,3,NULL,NULL,0);
INSERT INTO "box" VALUES(5,1,363.5,375.5,128.0,2,'undecided','blob','0',1.56275522123129506635e-01,4,NULL,NULL,0);
INSERT INTO "box" VALUES(6,2,300.0,200.0,150.0,1,'rejected','blob','0',7.64489561478480572631e-01,0,'misplaced','see',0);
INSERT INTO "box" VALUES(7,2,270.0,242.0,128.0,2,'accepted','blob','0',7.58868223043950185235e-01,1,NULL,NULL,0);
INSERT INTO "box" VALUES(8,2,310.0,170.0,128.0,2,'accepted','blob','0',7.51308313598081367601e-01,2,NULL,NULL,0);
INSERT INTO "box" VALUES(9,2,89.0,315.0,128.0,1,'undecided','blob','0',7.22493665586362632247e-01,3,NULL,NULL,0);
INSERT INTO "box" VALUES(10,2,1.50088495575221230644e+02,1.94823529411764695849e+02,128.0,1,'undecided','blob','0',7.04057686082292799589e-01,4,NULL,NULL,0);
INSERT INTO "box" VALUES(11,3,182.5,176.0,128.0,1,'unsure','blob','0',7.58272765666293535602e-01,0,NULL,'dark',0);
INSERT INTO "box" VALUES(12,3,135.0,121.0,128.0,1,'accepted','blob','0',7.56625300221609231599e-01,1,NULL,NULL,0);
INSERT INTO "box" VALUES(13,3,64.0,157.5,128.0,2,'undecided','blob','0',7.26459719232622758156e-01,2,NULL,NULL,0);
INSERT INTO "box" VALUES(14,3,7.5044247787610615318e+01,9.7411764705882347929e+01,128.0,1,'undecided','blob','0',7.03492707372990633274e-01,3,NULL,NULL,0);
INSERT INTO "box" VALUES(15,4,529.0,341.0,128.0,1,'undecided','blob','0',7.71126501302785483105e-01,2,NULL,NULL,0);
INSERT INTO "box" VALUES(16,4,214.0,126.0,128.0,1,'undecided','blob','0',0.769827800796175,3,NULL,NULL,0);
INSERT INTO "box" VALUES(17,4,3.12920353982300866843e+02,1.45411764705882347922e+02,128.0,1,'undecided','blob','0',7.59075080794563428199e-01,4,NULL,NULL,0);
INSERT INTO "box" VALUES(18,4,3.42654867256637146516e+02,2.51294117647058811836e+02,128.0,1,'undecided','blob','0',7.43833892289531450892e-01,5,NULL,NULL,0);
INSERT INTO "box" VALUES(19,4,536.637168141593,2.52705882352941188181e+02,128.0,1,'undecided','blob','0',7.33790312548395329272e-01,6,NULL,NULL,0);
INSERT INTO "box" VALUES(20,5,337.0,213.0,128.0,1,'undecided','blob','0',7.79498575939518212329e-01,0,NULL,NULL,0);
INSERT INTO "box" VALUES(21,5,5.18230088495575273548e+02,4.1505882352941176807e+02,128.0,1,'undecided','blob','0',7.43457477703091895726e-01,1,NULL,NULL,0);
INSERT INTO "box" VALUES(22,5,1.61415929203539832313e+02,2.56941176470588231953e+02,128.0,1,'undecided','blob','0',7.26911239694044697401e-01,2,NULL,NULL,0);
INSERT INTO "box" VALUES(23,5,326.0,350.0,128.0,1,'undecided','blob','0',7.1772289100083608293e-01,3,NULL,NULL,0);
INSERT INTO "box" VALUES(24,5,64.0,385.0,128.0,1,'undecided','blob','0',7.09483264013334280484e-01,4,NULL,NULL,0);
INSERT INTO "box" VALUES(25,6,320.0,3.19058823529411768045e+02,128.0,1,'undecided','blob','0',7.93025119816972545727e-01,0,NULL,NULL,0);
INSERT INTO "box" VALUES(26,6,242.0,282.0,128.0,1,'undecided','blob','0',7.67626836412728663638e-01,1,NULL,NULL,0);
INSERT INTO "box" VALUES(27,6,3.766371681415928947e+02,240.0,128.0,1,'undecided','blob','0',7.4593386343467027455e-01,2,NULL,NULL,0);
INSERT INTO "box" VALUES(28,6,1.76991150442477874092e+02,3.91058823529411768047e+02,128.0,1,'undecided','blob','0',7.37715852837366070637e-01,3,NULL,NULL,0);
INSERT INTO "box" VALUES(29,6,2.506194690265486713e+02,1.17176470588235289934e+02,128.0,1,'undecided','blob','0',6.82200710937867826899e-01,4,NULL,NULL,0);
INSERT INTO "box" VALUES(30,4,200.0,200.0,200.0,2,'accepted','coco',NULL,NULL,0,NULL,NULL,0);
INSERT INTO "box" VALUES(31,4,360.0,260.0,120.0,1,'accepted','coco',NULL,0.7,1,NULL,NULL,0);
INSERT INTO "box" VALUES(32,4,500.0,100.0,90.0,1,'accepted','hand',NULL,NULL,7,NULL,NULL,0);
INSERT INTO "box" VALUES(33,4,80.0,400.0,90.0,1,'accepted','hand',NULL,NULL,8,NULL,NULL,1);
INSERT INTO "event" VALUES(1,'2026-12-01T00:36:06.379+00:00',NULL,1,1,'propose','{"deleted": true}','{"cx": 126.0, "cy": 206.0, "side": 128.0, "label_id": 2, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(2,'2026-12-01T00:36:06.379+00:00',NULL,1,2,'propose','{"deleted": true}','{"cx": 218.05309734513276, "cy": 296.47058823529414, "side": 128.0, "label_id": 2, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(3,'2026-12-01T00:36:06.379+00:00',NULL,1,3,'propose','{"deleted": true}','{"cx": 167.0796460176991, "cy": 81.88235294117646, "side": 128.0, "label_id": 2, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(4,'2026-12-01T00:36:06.379+00:00',NULL,1,4,'propose','{"deleted": true}','{"cx": 479.0, "cy": 115.0, "side": 128.0, "label_id": 2, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(5,'2026-12-01T00:36:06.379+00:00',NULL,1,5,'propose','{"deleted": true}','{"cx": 363.5, "cy": 375.5, "side": 128.0, "label_id": 2, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(6,'2026-12-01T00:36:06.379+00:00',NULL,2,6,'propose','{"deleted": true}','{"cx": 365.0, "cy": 413.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(7,'2026-12-01T00:36:06.379+00:00',NULL,2,7,'propose','{"deleted": true}','{"cx": 270.0, "cy": 242.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(8,'2026-12-01T00:36:06.379+00:00',NULL,2,8,'propose','{"deleted": true}','{"cx": 310.0, "cy": 170.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(9,'2026-12-01T00:36:06.379+00:00',NULL,2,9,'propose','{"deleted": true}','{"cx": 89.0, "cy": 315.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(10,'2026-12-01T00:36:06.379+00:00',NULL,2,10,'propose','{"deleted": true}','{"cx": 150.08849557522123, "cy": 194.8235294117647, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(11,'2026-12-01T00:36:06.379+00:00',NULL,3,11,'propose','{"deleted": true}','{"cx": 182.5, "cy": 176.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(12,'2026-12-01T00:36:06.379+00:00',NULL,3,12,'propose','{"deleted": true}','{"cx": 135.0, "cy": 121.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(13,'2026-12-01T00:36:06.379+00:00',NULL,3,13,'propose','{"deleted": true}','{"cx": 64.0, "cy": 157.5, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(14,'2026-12-01T00:36:06.379+00:00',NULL,3,14,'propose','{"deleted": true}','{"cx": 75.04424778761062, "cy": 97.41176470588235, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(15,'2026-12-01T00:36:06.379+00:00',NULL,4,15,'propose','{"deleted": true}','{"cx": 529.0, "cy": 341.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(16,'2026-12-01T00:36:06.379+00:00',NULL,4,16,'propose','{"deleted": true}','{"cx": 214.0, "cy": 126.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(17,'2026-12-01T00:36:06.379+00:00',NULL,4,17,'propose','{"deleted": true}','{"cx": 312.92035398230087, "cy": 145.41176470588235, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(18,'2026-12-01T00:36:06.379+00:00',NULL,4,18,'propose','{"deleted": true}','{"cx": 342.65486725663715, "cy": 251.2941176470588, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(19,'2026-12-01T00:36:06.379+00:00',NULL,4,19,'propose','{"deleted": true}','{"cx": 536.637168141593, "cy": 252.7058823529412, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(20,'2026-12-01T00:36:06.379+00:00',NULL,5,20,'propose','{"deleted": true}','{"cx": 337.0, "cy": 213.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(21,'2026-12-01T00:36:06.379+00:00',NULL,5,21,'propose','{"deleted": true}','{"cx": 518.2300884955753, "cy": 415.05882352941177, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(22,'2026-12-01T00:36:06.379+00:00',NULL,5,22,'propose','{"deleted": true}','{"cx": 161.41592920353983, "cy": 256.94117647058823, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(23,'2026-12-01T00:36:06.379+00:00',NULL,5,23,'propose','{"deleted": true}','{"cx": 326.0, "cy": 350.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(24,'2026-12-01T00:36:06.379+00:00',NULL,5,24,'propose','{"deleted": true}','{"cx": 64.0, "cy": 385.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(25,'2026-12-01T00:36:06.379+00:00',NULL,6,25,'propose','{"deleted": true}','{"cx": 320.0, "cy": 319.05882352941177, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(26,'2026-12-01T00:36:06.379+00:00',NULL,6,26,'propose','{"deleted": true}','{"cx": 242.0, "cy": 282.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(27,'2026-12-01T00:36:06.379+00:00',NULL,6,27,'propose','{"deleted": true}','{"cx": 376.6371681415929, "cy": 240.0, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(28,'2026-12-01T00:36:06.379+00:00',NULL,6,28,'propose','{"deleted": true}','{"cx": 176.99115044247787, "cy": 391.05882352941177, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(29,'2026-12-01T00:36:06.379+00:00',NULL,6,29,'propose','{"deleted": true}','{"cx": 250.61946902654867, "cy": 117.17647058823529, "side": 128.0, "label_id": 1, "state": "undecided", "deleted": false}','blob','0',NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(30,'2026-12-01T00:36:06.526+00:00',NULL,4,30,'import','{"deleted": true}','{"cx": 200.0, "cy": 200.0, "side": 200.0, "label_id": 1, "state": "undecided", "deleted": false}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(31,'2026-12-01T00:36:06.526+00:00',NULL,4,31,'import','{"deleted": true}','{"cx": 360.0, "cy": 260.0, "side": 120.0, "label_id": 1, "state": "undecided", "deleted": false}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(32,'2026-12-01T00:36:06.656+00:00',1,1,1,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(33,'2026-12-01T00:36:06.756+00:00',1,1,2,'reject','{"state": "undecided"}','{"state": "rejected"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(34,'2026-12-01T00:36:06.782+00:00',1,1,2,'reason','{"reason": null}','{"reason": "blur"}',NULL,NULL,NULL,'null',NULL,33);
INSERT INTO "event" VALUES(35,'2026-12-01T00:36:06.908+00:00',1,1,3,'relabel','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(36,'2026-12-01T00:36:06.918+00:00',1,1,3,'undo','{"state": "accepted"}','{"state": "undecided"}',NULL,NULL,NULL,'null',35,NULL);
INSERT INTO "event" VALUES(37,'2026-12-01T00:36:06.953+00:00',1,2,6,'adjust','{"cx": 365.0, "cy": 413.0, "side": 128.0, "state": "undecided"}','{"cx": 300.0, "cy": 200.0, "side": 150.0, "state": "adjusted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(38,'2026-12-01T00:36:06.993+00:00',2,2,6,'reject','{"state": "adjusted", "reason": null}','{"state": "rejected", "reason": "misplaced"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(39,'2026-12-01T00:36:07.052+00:00',1,2,6,'comment','{"comment": null}','{"comment": "see"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(40,'2026-12-01T00:36:07.061+00:00',2,2,7,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(41,'2026-12-01T00:36:07.125+00:00',1,2,7,'relabel','{"label_id": 1}','{"label_id": 2}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(42,'2026-12-01T00:36:07.164+00:00',1,2,7,'undo','{"label_id": 2}','{"label_id": 1}',NULL,NULL,NULL,'null',41,NULL);
INSERT INTO "event" VALUES(43,'2026-12-01T00:36:07.212+00:00',1,2,7,'redo','{"label_id": 1}','{"label_id": 2}',NULL,NULL,NULL,'null',41,NULL);
INSERT INTO "event" VALUES(44,'2026-12-01T00:36:07.272+00:00',1,2,8,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(45,'2026-12-01T00:36:07.325+00:00',2,2,8,'relabel','{"label_id": 1}','{"label_id": 2}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(46,'2026-12-01T00:36:07.332+00:00',1,2,8,'undo','{}','{}',NULL,NULL,NULL,'null',44,NULL);
INSERT INTO "event" VALUES(47,'2026-12-01T00:36:07.339+00:00',2,3,11,'unsure','{"state": "undecided", "comment": null}','{"state": "unsure", "comment": "dark"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(48,'2026-12-01T00:36:07.372+00:00',1,4,32,'create','{"deleted": true}','{"cx": 500.0, "cy": 100.0, "side": 90.0, "label_id": 1, "state": "accepted", "deleted": false}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(49,'2026-12-01T00:36:07.402+00:00',1,4,33,'create','{"deleted": true}','{"cx": 80.0, "cy": 400.0, "side": 90.0, "label_id": 1, "state": "accepted", "deleted": false}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(50,'2026-12-01T00:36:07.412+00:00',1,4,33,'undo','{"deleted": false}','{"deleted": true}',NULL,NULL,NULL,'null',49,NULL);
INSERT INTO "event" VALUES(51,'2026-12-01T00:36:07.419+00:00',2,3,12,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(52,'2026-12-01T00:36:07.472+00:00',2,3,13,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'null',NULL,51);
INSERT INTO "event" VALUES(53,'2026-12-01T00:36:07.489+00:00',2,3,13,'undo','{"state": "accepted"}','{"state": "undecided"}',NULL,NULL,NULL,'null',52,NULL);
INSERT INTO "event" VALUES(54,'2026-12-01T00:36:07.490+00:00',2,3,12,'undo','{"state": "accepted"}','{"state": "undecided"}',NULL,NULL,NULL,'null',51,53);
INSERT INTO "event" VALUES(55,'2026-12-01T00:36:07.509+00:00',1,3,13,'relabel','{"label_id": 1}','{"label_id": 2}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(56,'2026-12-01T00:36:07.534+00:00',3,3,12,'accept','{"state": "undecided"}','{"state": "accepted"}',NULL,NULL,NULL,'{"mode": "table", "decision": "0ce9112d8f5f8b51:1"}',NULL,NULL);
INSERT INTO "event" VALUES(57,'2026-12-01T00:36:07.573+00:00',3,4,30,'relabel','{"label_id": 1, "state": "undecided"}','{"label_id": 2, "state": "accepted"}',NULL,NULL,NULL,'{"mode": "table", "decision": "bd283b0ffce4b7ae:1"}',NULL,NULL);
INSERT INTO "event" VALUES(58,'2026-12-01T00:36:07.668+00:00',1,4,31,'reject','{"state": "undecided"}','{"state": "rejected"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(59,'2026-12-01T00:36:07.731+00:00',1,4,31,'reason','{"reason": null}','{"reason": "face"}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "event" VALUES(60,'2026-12-01T00:36:07.748+00:00',2,4,31,'accept','{"state": "rejected", "reason": "face"}','{"state": "accepted", "reason": null}',NULL,NULL,NULL,'null',NULL,NULL);
INSERT INTO "image" VALUES(1,'5c6b6e7fabd8bce0bfcde6e39a7be453a090ceb4975a7e03f2ec309170ebecc5','m0.jpg','.jpg',44248,640,480,1,'bc1ec2301fc7f1e0',1.16430676575699493463e+02,2,NULL,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "image" VALUES(2,'28367cfb80c9d07aafc3736c3abbfd3c127dff53bd030d5506e91f6a66426500','n0.jpg','.jpg',43987,640,480,1,'b733c4c1393e0ee1',1.02361170497264637898e+02,1,1,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "image" VALUES(3,'bb0de0bffdc64838fe7c80e79d398317db0eaeacd25e95d06343e64a11728305','n0_small.jpg','.jpg',4380,320,240,1,'b733c4c1393e0ee1',3.81719517653702951065e+01,1,1,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "image" VALUES(4,'4d53bfd6c63df7dc3756222e4891fc6a37597c49892992a15135c4e845fa4f17','n1.jpg','.jpg',43833,640,480,1,'f23899c666cd9932',1.06364895210555431503e+02,1,NULL,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "image" VALUES(5,'dbed013546a46ebca6777e6f2ad90db6a6591ade64dc9cd570c643fd6c408a2f','n2.jpg','.jpg',44073,640,480,1,'fab5c3361c42a55a',9.91571002810273540752e+01,1,NULL,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "image" VALUES(6,'d3d30aafdc14281064d4b4148f9c60e7e9ffa0275f4ea696266216bc67b37449','n3.jpg','.jpg',44508,640,480,1,'b2c98d336ccc3339',1.29269001886727295412e+02,1,NULL,0,'blob 0','2026-12-01T00:35:58.521+00:00');
INSERT INTO "label" VALUES(1,'nevus',1,0,0);
INSERT INTO "label" VALUES(2,'melanoma',2,1,1);
INSERT INTO "reviewer" VALUES(1,'Ana');
INSERT INTO "reviewer" VALUES(2,'Bo');
INSERT INTO "reviewer" VALUES(3,'Cy');
INSERT INTO "snapshot" VALUES(1,'first',60,'{"states": ["accepted", "adjusted"], "labels": null}','2026-12-01T00:36:07.762+00:00');
INSERT INTO "snapshot_box" VALUES(1,1,'5c6b6e7fabd8bce0bfcde6e39a7be453a090ceb4975a7e03f2ec309170ebecc5','melanoma','accepted',126.0,206.0,128.0);
INSERT INTO "snapshot_box" VALUES(1,7,'28367cfb80c9d07aafc3736c3abbfd3c127dff53bd030d5506e91f6a66426500','melanoma','accepted',270.0,242.0,128.0);
INSERT INTO "snapshot_box" VALUES(1,8,'28367cfb80c9d07aafc3736c3abbfd3c127dff53bd030d5506e91f6a66426500','melanoma','accepted',310.0,170.0,128.0);
INSERT INTO "snapshot_box" VALUES(1,12,'bb0de0bffdc64838fe7c80e79d398317db0eaeacd25e95d06343e64a11728305','nevus','accepted',135.0,121.0,128.0);
INSERT INTO "snapshot_box" VALUES(1,30,'4d53bfd6c63df7dc3756222e4891fc6a37597c49892992a15135c4e845fa4f17','melanoma','accepted',200.0,200.0,200.0);
INSERT INTO "snapshot_box" VALUES(1,31,'4d53bfd6c63df7dc3756222e4891fc6a37597c49892992a15135c4e845fa4f17','nevus','accepted',360.0,260.0,120.0);
INSERT INTO "snapshot_box" VALUES(1,32,'4d53bfd6c63df7dc3756222e4891fc6a37597c49892992a15135c4e845fa4f17','nevus','accepted',500.0,100.0,90.0);
INSERT INTO "source" VALUES(1,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/melanoma/m0.jpg','melanoma','image',NULL,NULL,0,1,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "source" VALUES(2,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/nevus/n0.jpg','nevus','image',NULL,NULL,0,2,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "source" VALUES(3,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/nevus/n0_small.jpg','nevus','image',NULL,NULL,0,3,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "source" VALUES(4,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/nevus/n1.jpg','nevus','image',NULL,NULL,0,4,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "source" VALUES(5,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/nevus/n2.jpg','nevus','image',NULL,NULL,0,5,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "source" VALUES(6,'folder','/photographs',NULL,'""',NULL,NULL,NULL,'/photographs/nevus/n3.jpg','nevus','image',NULL,NULL,0,6,NULL,'null','2026-12-01T00:35:58.579+00:00');
INSERT INTO "stack" VALUES(1,2);
COMMIT;
