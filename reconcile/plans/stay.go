package plans

// StayReason is why an edit by hand stays.
type StayReason string

const (
	Unset   StayReason = "unset"   // the configuration does not set the attribute
	Ignored StayReason = "ignored" // its ignore_changes names it
	Agreed  StayReason = "agreed"  // the configuration says the same by now
)

// Stay is an attribute that was edited by hand and that the plan leaves as it is.
type Stay struct {
	Attribute string     `json:"attribute"`
	Why       StayReason `json:"why"`
}
