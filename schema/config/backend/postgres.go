package backend

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/eval"
	"countersign/schema/config/words"
)

// Postgres is the state "postgres" block. Its attributes are those of Terraform's backend pg, and what they leave out
// comes from the same environment variables; name is more. What none of them says comes from the variables of PostgreSQL's
// own clients, which are read where the connection is made.
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

// stateName is the name of a state, and of a schema.
var stateName = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,62}$`)

// postgres evaluates the block; without a name, Path of the result is "" and the mistake is reported.
func (bs Blocks) postgres(block *Block) State {
	const env = "PG_"
	p := Postgres{ConnStr: bs.Environ[env+"CONN_STR"], SchemaName: bs.Environ[env+"SCHEMA_NAME"]}
	b := bs.Binder()
	for _, name := range postgresSchema.Attributes {
		b.Quiet = name.Name == "conn_str"
		b.Add(block.attributes[name.Name])
	}
	f := b.Frame(block.Address)
	f.Early = true
	wrong := State{Type: block.Name}
	sound := true
	for _, text := range []struct {
		name     string
		into     *string
		required bool
	}{{"name", &p.Name, true}, {"schema_name", &p.SchemaName, false}} {
		expr := block.attributes[text.name]
		value, is := f.Text(expr, words.Word(text.name))
		if text.required {
			is = f.Required(expr, words.Word(text.name), is)
		}
		switch {
		case is == eval.Given:
			*text.into = value
			if !stateName.MatchString(value) {
				f.Fail(expr, "Invalid "+text.name, "%q is no %s. It is up to 63 letters, digits, underscores, dots "+
					"and "+
					"hyphens, such as \"approvals\".", value, words.Word(text.name))
				sound = false
			}
		case is != eval.Absent:
			sound = false
		}
	}
	for _, flag := range []struct {
		name, env string
		into      *bool
	}{{"skip_schema_creation", "SKIP_SCHEMA_CREATION", &p.SkipSchemaCreation},
		{"skip_table_creation", "SKIP_TABLE_CREATION", &p.SkipTableCreation}} {
		value, is := f.Flag(block.attributes[flag.name], words.Word(flag.name))
		switch *flag.into = value; {
		case is == eval.Absent:
			*flag.into, _ = strconv.ParseBool(bs.Environ[env+flag.env])
		case is != eval.Given:
			sound = false
		}
	}
	f.Secrets, f.Quiet = true, true
	expr := block.attributes["conn_str"]
	raw, _ := f.Value(expr)
	text, is := f.Text(expr, "conn_str")
	switch {
	case is == eval.Given:
		p.ConnStr, p.ConnStrKeys = text, connStrKeys
		sound = bs.fromOutside(f, expr, "conn_str", text, env+"CONN_STR") && soundConnStr(f, expr, raw, text) && sound
	case is != eval.Absent:
		sound = false
	}
	if p.SchemaName == "" {
		p.SchemaName = "countersign"
	}
	if !sound {
		return wrong
	}
	return State{Type: block.Name, Path: p.Name, Postgres: &p}
}

// connStrPair is one of the pairs that a connection string may be made of, after those before it.
var connStrPair = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?:\s+|$)`)

// soundConnStr checks what a connection string speaks of. What it says is up to the library that uses it.
func soundConnStr(f *eval.Frame, expr hcl.Expression, raw cty.Value, text string) bool {
	var keys []string
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			f.Fail(expr, "Invalid conn_str", "conn_str is no address as \"postgres://user@db.example.com/database\" "+
				"is one. "+
				"Its words are not shown, because they may hold a password.")
			return false
		}
		for key := range u.Query() {
			keys = append(keys, key)
		}
		if _, set := u.User.Password(); set {
			keys = append(keys, "password")
		}
	} else {
		rest := text
		for strings.TrimSpace(rest) != "" {
			pair := connStrPair.FindStringSubmatch(rest)
			if pair == nil {
				f.Fail(expr, "Invalid conn_str", "conn_str is made of pairs, as in \"host=db.example.com "+
					"dbname=ops\", or a "+
					"URL. Its words are not shown, because they may hold a password.")
				return false
			}
			keys, rest = append(keys, pair[1]), rest[len(pair[0]):]
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		switch {
		case !slices.Contains(connStrKeys, key):
			f.Fail(expr, "Not for conn_str", "conn_str says %s, which a configuration cannot: it may speak of %s. "+
				"Certificates, "+
				"keys and other files are named by whoever runs the command, in PGSSLROOTCERT and the like.",
				words.Word(strconv.Quote(key)), words.Word(strings.Join(connStrKeys, ", ")))
			return false
		case key == "password" && !raw.IsMarked():
			f.Fail(expr, "Password in a file", "A password stands in conn_str, where whoever reads the files or their "+
				"history finds it. Leave it out and set PGPASSWORD, or read all of it with env(…); and give out a "+
				"new one, "+
				"if this one has been shared.")
			return false
		}
	}
	return true
}
