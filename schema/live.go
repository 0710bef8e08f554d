package schema

// Listing is what the drive says is in force on one folder or file.
type Listing struct {
	Templates []Live           // own and inherited ones (ScopeID tells), in the drive's order
	People    map[int64]Person // names the answer told, by user id; may be empty
}

// Entry is a folder or file as its parent folder lists it.
type Entry struct {
	ID     int64
	Name   string
	Folder bool
}

// Managed is a template that a token may manage, as the list of all of those tells it.
type Managed struct {
	ID    int64
	Title string
	Path  string // of the folder or file it is attached to, whole
}
