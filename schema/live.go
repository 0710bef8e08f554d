package schema

// Listing holds the templates that are in force on one folder or file.
type Listing struct {
	Templates []Live           // own and inherited ones (ScopeID tells), in the drive's order
	People    map[int64]Person // the names in the drive's answer, by user id; may be empty
}

// Entry is a folder or file as its parent folder lists it.
type Entry struct {
	ID     int64
	Name   string
	Folder bool
}

// Kind says whether it is a folder or a file.
func (e Entry) Kind() ScopeKind {
	if e.Folder {
		return ScopeFolder
	}
	return ScopeFile
}

// Managed is an entry of the list of all templates that a token may manage.
type Managed struct {
	ID    int64
	Title string
	Path  string // of the folder or file it is attached to, from the top
}
