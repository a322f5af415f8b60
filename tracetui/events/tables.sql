
CREATE TABLE event (
	id INTEGER NOT NULL, 
	type VARCHAR NOT NULL, 
	procname VARCHAR NOT NULL, 
	proc_id INTEGER NOT NULL, 
	PRIMARY KEY (id)
)

;

CREATE TABLE exec (
	id INTEGER NOT NULL, 
	calltree VARCHAR NOT NULL, 
	argc VARCHAR NOT NULL, 
	argv VARCHAR NOT NULL, 
	envp VARCHAR NOT NULL, 
	euid INTEGER NOT NULL, 
	egid INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE proc_exit (
	id INTEGER NOT NULL, 
	pid INTEGER NOT NULL, 
	create_time INTEGER NOT NULL, 
	code INTEGER NOT NULL, 
	reason VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE proc_start (
	id INTEGER NOT NULL, 
	pid INTEGER NOT NULL, 
	ppid INTEGER NOT NULL, 
	create_time INTEGER NOT NULL, 
	comm VARCHAR NOT NULL, 
	uid INTEGER NOT NULL, 
	gid INTEGER NOT NULL, 
	euid INTEGER NOT NULL, 
	egid INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE read (
	id INTEGER NOT NULL, 
	fd INTEGER NOT NULL, 
	fname VARCHAR NOT NULL, 
	buffer BLOB, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE syscall (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	retno INTEGER, 
	retno_repr VARCHAR, 
	arg0 INTEGER, 
	arg0_repr VARCHAR, 
	arg1 INTEGER, 
	arg1_repr VARCHAR, 
	arg2 INTEGER, 
	arg2_repr VARCHAR, 
	arg3 INTEGER, 
	arg3_repr VARCHAR, 
	arg4 INTEGER, 
	arg4_repr VARCHAR, 
	arg5 INTEGER, 
	arg5_repr VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE write (
	id INTEGER NOT NULL, 
	fd INTEGER NOT NULL, 
	fname VARCHAR, 
	buffer BLOB, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE context (
	id INTEGER NOT NULL, 
	ts BIGINT, 
	end_ts BIGINT, 
	tid INTEGER, 
	cpu INTEGER, 
	host VARCHAR, 
	container VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE recording (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (id)
)

;

CREATE TABLE file_flow (
	id INTEGER NOT NULL, 
	path VARCHAR, 
	file_type VARCHAR, 
	fd INTEGER, 
	openflags INTEGER, 
	rbytes BIGINT, 
	rops BIGINT, 
	wbytes BIGINT, 
	wops BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE k8s_event (
	id INTEGER NOT NULL, 
	kind VARCHAR, 
	action VARCHAR, 
	message VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE network_event (
	id INTEGER NOT NULL, 
	sip VARCHAR, 
	sport INTEGER, 
	dip VARCHAR, 
	dport INTEGER, 
	proto INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE network_flow (
	id INTEGER NOT NULL, 
	sip VARCHAR, 
	sport INTEGER, 
	dip VARCHAR, 
	dport INTEGER, 
	proto INTEGER, 
	fd INTEGER, 
	rbytes BIGINT, 
	rops BIGINT, 
	wbytes BIGINT, 
	wops BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE process_flow (
	id INTEGER NOT NULL, 
	nthreads INTEGER, 
	nexits INTEGER, 
	nerrors INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE sysflow (
	id INTEGER NOT NULL, 
	source BIGINT NOT NULL, 
	record INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	opflags INTEGER, 
	ret INTEGER, 
	header INTEGER, 
	pod INTEGER, 
	container INTEGER, 
	process INTEGER, 
	parent INTEGER, 
	file INTEGER, 
	newfile INTEGER, 
	extra VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE sysflow_container (
	source BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	uid VARCHAR, 
	name VARCHAR, 
	image VARCHAR, 
	image_id VARCHAR, 
	type VARCHAR, 
	privileged BOOLEAN, 
	pod_uid VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (source, number)
)
 WITHOUT ROWID

;

CREATE TABLE sysflow_file (
	source BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	oid BLOB, 
	state VARCHAR, 
	ts BIGINT, 
	type VARCHAR, 
	path VARCHAR, 
	container_uid VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (source, number)
)
 WITHOUT ROWID

;

CREATE TABLE sysflow_header (
	source BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	version INTEGER, 
	exporter VARCHAR, 
	ip VARCHAR, 
	filename VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (source, number)
)
 WITHOUT ROWID

;

CREATE TABLE sysflow_pod (
	source BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	uid VARCHAR, 
	ts BIGINT, 
	name VARCHAR, 
	node VARCHAR, 
	namespace VARCHAR, 
	restarts INTEGER, 
	host_ip VARCHAR, 
	internal_ip VARCHAR, 
	labels VARCHAR, 
	selectors VARCHAR, 
	services VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (source, number)
)
 WITHOUT ROWID

;

CREATE TABLE sysflow_process (
	source BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	pid INTEGER, 
	create_time BIGINT, 
	parent_pid INTEGER, 
	parent_create_time BIGINT, 
	state VARCHAR, 
	ts BIGINT, 
	exe VARCHAR, 
	args VARCHAR, 
	uid INTEGER, 
	user VARCHAR, 
	gid INTEGER, 
	"group" VARCHAR, 
	tty BOOLEAN, 
	container_uid VARCHAR, 
	entry BOOLEAN, 
	cwd VARCHAR, 
	env VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (source, number)
)
 WITHOUT ROWID

;

CREATE TABLE file_event (
	id INTEGER NOT NULL, 
	file_name VARCHAR, 
	file_path VARCHAR, 
	file_key VARCHAR, 
	irp VARCHAR, 
	operation VARCHAR, 
	create_disposition VARCHAR, 
	options VARCHAR, 
	create_options VARCHAR, 
	share_mask VARCHAR, 
	type VARCHAR, 
	class VARCHAR, 
	status VARCHAR, 
	extra_info VARCHAR, 
	dir VARCHAR, 
	io_size BIGINT, 
	attributes VARCHAR, 
	file_object , 
	"offset" , 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE handle_event (
	id INTEGER NOT NULL, 
	handle_object VARCHAR, 
	handle_name VARCHAR, 
	handle_type VARCHAR, 
	handle_id BIGINT, 
	type_id BIGINT, 
	pid BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE image_event (
	id INTEGER NOT NULL, 
	file_name VARCHAR, 
	file_path VARCHAR, 
	base_address VARCHAR, 
	default_address VARCHAR, 
	signature_level VARCHAR, 
	signature_type VARCHAR, 
	pid BIGINT, 
	image_size BIGINT, 
	checksum BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE kevent (
	id INTEGER NOT NULL, 
	source BIGINT NOT NULL, 
	record INTEGER NOT NULL, 
	seq BIGINT, 
	pid INTEGER, 
	name VARCHAR NOT NULL, 
	category VARCHAR, 
	description VARCHAR, 
	utc_offset INTEGER, 
	ktype VARCHAR, 
	process BIGINT, 
	nparams INTEGER, 
	params VARCHAR, 
	meta VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE kevent_handle (
	number INTEGER NOT NULL, 
	pid INTEGER, 
	type VARCHAR, 
	name VARCHAR, 
	handle_id BIGINT, 
	object VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (number)
)

;

CREATE TABLE kevent_process (
	number INTEGER NOT NULL, 
	pid INTEGER, 
	ppid INTEGER, 
	name VARCHAR, 
	comm VARCHAR, 
	exe VARCHAR, 
	cwd VARCHAR, 
	sid VARCHAR, 
	args VARCHAR, 
	sessionid INTEGER, 
	parent VARCHAR, 
	envs VARCHAR, 
	threads VARCHAR, 
	modules VARCHAR, 
	handles VARCHAR, 
	pe VARCHAR, 
	extra VARCHAR, 
	PRIMARY KEY (number)
)

;

CREATE TABLE net_event (
	id INTEGER NOT NULL, 
	sip VARCHAR, 
	dip VARCHAR, 
	sport_name VARCHAR, 
	dport_name VARCHAR, 
	l4_proto VARCHAR, 
	sport BIGINT, 
	dport BIGINT, 
	size BIGINT, 
	pid BIGINT, 
	mss BIGINT, 
	rcvwin BIGINT, 
	sip_names VARCHAR, 
	dip_names VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE process_event (
	id INTEGER NOT NULL, 
	name VARCHAR, 
	exe VARCHAR, 
	comm VARCHAR, 
	cmdline VARCHAR, 
	cwd VARCHAR, 
	sid VARCHAR, 
	username VARCHAR, 
	domain VARCHAR, 
	kproc VARCHAR, 
	directory_table_base VARCHAR, 
	start_time VARCHAR, 
	status VARCHAR, 
	desired_access VARCHAR, 
	pid BIGINT, 
	ppid BIGINT, 
	real_ppid BIGINT, 
	tid BIGINT, 
	session_id BIGINT, 
	desired_access_names VARCHAR, 
	exit_status , 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE registry_event (
	id INTEGER NOT NULL, 
	key_name VARCHAR, 
	key_path VARCHAR, 
	key_handle VARCHAR, 
	status VARCHAR, 
	type VARCHAR, 
	value_name VARCHAR, 
	value_type VARCHAR, 
	value , 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;

CREATE TABLE thread_event (
	id INTEGER NOT NULL, 
	name VARCHAR, 
	exe VARCHAR, 
	kstack VARCHAR, 
	kstack_limit VARCHAR, 
	ustack VARCHAR, 
	ustack_limit VARCHAR, 
	entrypoint VARCHAR, 
	start_address VARCHAR, 
	status VARCHAR, 
	desired_access VARCHAR, 
	pid BIGINT, 
	tid BIGINT, 
	base_prio BIGINT, 
	io_prio BIGINT, 
	page_prio BIGINT, 
	desired_access_names VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES event (id)
)

;
