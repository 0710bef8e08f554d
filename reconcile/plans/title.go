package plans

import (
	"countersign/schema"
	"countersign/schema/addr"
)

// Gives is the title that a template loses by a change, false when it loses none.
func (c *Change) Gives() (schema.Title, bool) {
	switch {
	case c.Before == nil:
	case c.Action == Remove:
		return schema.TitleIn(c.Place.ID, c.Before.Title), true
	case c.Action == Replace && c.OldPlace != nil:
		return schema.TitleIn(c.OldPlace.ID, c.Before.Title), true
	case c.Action == Update && c.After != nil && schema.TitleIn(0, c.Before.Title) != schema.TitleIn(0, c.After.Title):
		return schema.TitleIn(c.Place.ID, c.Before.Title), true
	}
	return schema.Title{}, false
}

// Takes is the title that a change gives to a template that did not have it on that scope, false when it gives none.
func (c *Change) Takes() (schema.Title, bool) {
	switch {
	case c.After == nil:
	case c.Action == Create, c.Action == Replace:
		return schema.TitleIn(c.Place.ID, c.After.Title), true
	case c.Action == Update && c.Before != nil && schema.TitleIn(0, c.Before.Title) != schema.TitleIn(0, c.After.Title):
		return schema.TitleIn(c.Place.ID, c.After.Title), true
	}
	return schema.Title{}, false
}

// Keeps is why a template keeps the title that a refused change would have given to another.
type Keeps string

const (
	KeepsUnbound    Keeps = "unbound"    // no address stands for it, and what nobody declared is left alone
	KeepsHeldBack   Keeps = "held_back"  // -no-removals leaves its removal or replacement out
	KeepsUntargeted Keeps = "untargeted" // -target leaves it out
	KeepsIgnored    Keeps = "ignored"    // its ignore_changes names the title
	KeepsRefused    Keeps = "refused"    // its own change is refused
	KeepsTakes      Keeps = "takes"      // this plan gives the title to it
	KeepsDeclared   Keeps = "declared"   // it stays what it is
)

// Holder is the template that has the title which a refused change would have given to another one.
type Holder struct {
	Address addr.Address `json:"address,omitzero"` // none when no address stands for it
	ID      int64        `json:"id,omitempty"`     // 0 when it is still to be made
	Keeps   Keeps        `json:"keeps"`
}

// TitleTaken is the summary of the warning about each change in Plan.Refused.
const TitleTaken = "A template of this title is there already"
