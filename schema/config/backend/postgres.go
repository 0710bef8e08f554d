package backend

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
)

// Postgres is the state "postgres" block. Its attributes are those of Terraform's backend pg, and what they leave out
// comes from the same environment variables; name is more. What none of them says comes from the variables of
// PostgreSQL's own clients, which are read where the connection is made.
type Postgres struct {
	Name               string
	ConnStr            string
	ConnStrKeys        []string // what ConnStr may say; nil: anything, because a person has written it
	SchemaName         string
	SkipSchemaCreation bool
	SkipTableCreation  bool
}

// String leaves the connection out, which may hold a password.
func (p Postgres) String() string { return "state postgres " + p.Name }

// GoString is String, for %#v.
func (p Postgres) GoString() string { return p.String() }

var postgresSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "name", Required: true},
	{Name: "conn_str"}, {Name: "schema_name"}, {Name: "skip_schema_creation"}, {Name: "skip_table_creation"}}}

// connStrKeys are what a configuration may say of a connection: where the server is and how it is to be trusted, but no
// file of the machine that reads the configuration, which others choose.
var connStrKeys = []string{"host", "port", "dbname", "user", "password", "sslmode", "sslsni", "sslnegotiation",
	"channel_binding", "require_auth", "connect_timeout", "target_session_attrs", "application_name"}

// longestName is how many characters the name of a state, and of a schema, may have. It is not a count in stateName: as
// {0,62}, which repeats the classes, it took 2.5 MB and most of the time in which the program starts.
const longestName = 63

// stateName is the name of a state, and of a schema, of any length.
var stateName = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$`)

func isStateName(text string) bool {
	return stateName.MatchString(text) && utf8.RuneCountInString(text) <= longestName
}

// postgres evaluates the block. After a mistake, which is reported, the result has no Path.
func (bs Blocks) postgres(block *Block) State {
	r := bs.reader(block.Address, block.At, block.Attributes, "PG_")
	p := Postgres{ConnStr: r.environ("conn_str"), SchemaName: r.environ("schema_name")}
	for _, a := range []struct {
		name string
		into *string
	}{{"name", &p.Name}, {"schema_name", &p.SchemaName}} {
		if r.text(a.name, a.into) && !isStateName(*a.into) {
			r.wrong(a.name, "Invalid "+a.name, "%q is no %s. It is up to 63 letters, digits, underscores, dots and "+
				"hyphens, such as \"approvals\".", *a.into, words.Word(a.name))
		}
	}
	r.flag("skip_schema_creation", &p.SkipSchemaCreation)
	r.flag("skip_table_creation", &p.SkipTableCreation)
	r.f.Secrets, r.f.Quiet = true, true
	if raw, _ := r.f.Value(r.Expr("conn_str")); r.text("conn_str", &p.ConnStr) {
		p.ConnStrKeys = connStrKeys
		if r.fromOutside("conn_str", p.ConnStr, r.variable("conn_str")) {
			r.checkConnStr(p.ConnStr, raw.IsMarked())
		}
	}
	if !r.sound {
		return State{Type: block.Name}
	}
	p.SchemaName = cmp.Or(p.SchemaName, "countersign")
	return State{Type: block.Name, Path: p.Name, Postgres: &p}
}

// connStrPair is one of the pairs that a connection string may be made of, after those before it.
var connStrPair = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?:\s+|$)`)

// checkConnStr checks what a connection string sets; whether the values make sense, the library says that uses it. A
// password in it must be a secret from elsewhere.
func (r *reader) checkConnStr(text string, secret bool) {
	keys, err := keysOf(text)
	if err != nil {
		r.wrong("conn_str", "Invalid conn_str", "conn_str is %s. Its words are not shown, "+
			"because they may hold a password.", words.Word(err.Error()))
		return
	}
	slices.Sort(keys)
	for _, key := range keys {
		switch {
		case !slices.Contains(connStrKeys, key):
			r.wrong("conn_str", "Not for conn_str", "conn_str says %s, which a configuration cannot: it may speak of "+
				"%s. Certificates, keys and other files are named by whoever runs the command, "+
				"in PGSSLROOTCERT and the like.",
				words.Word(strconv.Quote(key)), words.Word(strings.Join(connStrKeys, ", ")))
			return
		case key == "password" && !secret:
			r.wrong("conn_str", "Password in a file", "A password stands in conn_str, where whoever reads the files "+
				"or their history finds it. Leave it out and set PGPASSWORD, or read all of it with env(…); and give "+
				"out a new one, if this one has been shared.")
			return
		}
	}
}

// keysOf are what a connection string sets. The error says how one is written.
func keysOf(text string) (keys []string, err error) {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			return nil, errors.New("no address as \"postgres://user@db.example.com/database\" is one")
		}
		if _, set := u.User.Password(); set {
			keys = append(keys, "password")
		}
		return slices.AppendSeq(keys, maps.Keys(u.Query())), nil
	}
	for rest := text; strings.TrimSpace(rest) != ""; {
		pair := connStrPair.FindStringSubmatch(rest)
		if pair == nil {
			return nil, errors.New("made of pairs, as in \"host=db.example.com dbname=ops\", or a URL")
		}
		keys, rest = append(keys, pair[1]), rest[len(pair[0]):]
	}
	return keys, nil
}
