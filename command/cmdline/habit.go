package cmdline

// habits are commands of Terraform that are not here, and what to do instead.
var habits = map[string]string{
	"refresh": "apply -refresh-only records what the drive has now; drift shows it and writes nothing",
	"taint": "nothing is marked to be made anew; plan -replace=ADDRESS and apply -replace=ADDRESS make it " +
		"anew at once",
	"untaint":                "nothing is ever marked to be made anew, so there is no mark to take away",
	"workspace":              "each configuration has a state of its own; write another folder or file",
	"providers":              "the providers are part of the program, and nothing is installed; version shows them",
	"console":                "write an output and look at it in plan; explain says what one template means",
	"push":                   "state push replaces the state by one that state pull printed",
	"pull":                   "state pull prints the state",
	"env":                    "each configuration has a state of its own; write another folder or file",
	"stacks":                 "each configuration has a state of its own; write another folder or file",
	"cloud":                  "there is no cloud service; -state=FILE or COUNTERSIGN_STATE says where the state is",
	"query":                  "drift shows templates that no address stands for, and export writes them down",
	"login":                  "a token comes from the environment: set YOMICLOUD_TOKEN",
	"logout":                 "no token is kept; remove the variable YOMICLOUD_TOKEN from the environment",
	"get":                    "nothing is fetched before a plan: validate says whether a configuration is whole",
	"modules":                "nothing is fetched before a plan: validate says whether a configuration is whole",
	"metadata":               "the forms of JSON are documented in docs/forms",
	"state replace-provider": "a state belongs to no provider address; change the provider block alone",
}

// flagHabits are flags of Terraform that are not here, and what to do instead.
var flagHabits = map[string]string{
	"refresh":             "every plan reads the drive, so that what was edited by hand is seen",
	"force-copy":          "nobody is asked: init -migrate-state leaves the old place as it is",
	"upgrade":             "the providers are part of the program, and nothing is installed",
	"reconfigure":         "the state is where the configuration says, and nothing is kept about it",
	"backend-config":      "write the state block's attributes, or set TF_HTTP_* in the environment",
	"generate-config-out": "export writes down what the drive has",
}
