package dingtalk

import (
	"errors"
	"net/http"
	"strings"

	"countersign/providers/route"
)

const (
	adviseKey = "check the provider's app_key and app_secret (DINGTALK_APP_KEY, DINGTALK_APP_SECRET)"
	adviseApp = "check the app in DingTalk's developer console"
)

// codeAdvice says what to do about the vendor's codes, in terms of the configuration. A code that ends in "." stands
// for all that begin with it.
var codeAdvice = map[string]string{
	"invalidClientIdOrSecret": adviseKey,
	"InvalidAuthentication":   adviseKey + "; are they those of an app on this endpoint?",
	"Forbidden.AccessDenied.IpNotInWhiteList": "add this machine's outgoing address to the app's list of server " +
		"addresses in the developer console",
	"Forbidden.AccessDenied.ApiCountLimitForOrg": "the organisation has used up its calls for this month: wait for " +
		"the next, or buy more",
	"Forbidden.AccessDenied.": adviseApp + ": it may lack a permission",
	"InvalidAction.NotFound":  "this endpoint does not know the call: check the provider's endpoint",
	"1111":                    "wait five minutes, then make fewer calls at once from this address",

	"userNotExist":  "check user_id: it is the person's userId in this organisation, not the unionId",
	"invalidUserId": "check user_id: it is the person's userId in this organisation, not the unionId",
	"noPermission": "the organisation may not have the app, or the file is not in that approval: check " +
		"agent_id, file and approval",
	"invalidAgentId":           "set agent_id in the provider block: the app's agent id from the developer console",
	"invalidProcessInstanceId": "check process_instance_id",
	"processInstNotExist":      "check process_instance_id: there is no such approval",
	"invalidFileId":            "check the file: it must be one that the approval's attachment field holds",
	"invalidFileList":          "check the files: they must be ones that the approval's attachment field holds",

	"processCodeError":           "check the process code: the approval form is missing or was deleted",
	"formConverterError":         "check the form's values; the vendor's words name the field",
	"processSetupNoPermission":   "the person may not raise approvals with this form",
	"needAuth":                   "the app must be allowed to raise approvals: " + adviseApp,
	"targetSelectApprover":       "the form lets the person who raises it choose approvers: name them",
	"processInstanceStartFailed": "check the form's values and the person who raises it",

	"MissingunionId": "set union_id: the person's unionId",
	"permissionDenied": "the person may not do this here: check user_id and union_id (they must be the same " +
		"person), the folder and the conversation",
	"spaceNotExist":  "check agent_id: the approval space belongs to the app",
	"dentryNotExist": "check folder_id: there is no such folder or file",
	"dentryAlreadyExists": `a file of that name is there already: set on_conflict to "rename", "overwrite" or ` +
		`"reuse", or give the file another name`,

	"paramError.spaceId":        "check agent_id: the approval space belongs to the app",
	"paramError.parentId":       "check folder_id",
	"paramError.name":           "give the file another name",
	"paramError.size":           "the store holds another number of bytes than were sent: stage the file again",
	"paramError.uploadKey":      "the ticket is used up or has expired: stage the file again",
	"paramError.dentryId":       "check the file: it may have been deleted",
	"paramError.conversationId": "check conversation_id: it is the chat's openConversationId",
	"conversationNotExist":      "check conversation_id: it is the chat's openConversationId",
	"benefitStatusInvalid":      "the organisation's edition does not allow this",

	"SignatureDoesNotMatch": "the store does not take the ticket's signature: a proxy on the way may have changed " +
		"the request's headers",
	"RequestTimeTooSkewed": "the ticket has expired: stage the file again",
	"EntityTooLarge":       "set multipart_above in the provider block, so that the file is sent in parts",
}

// advise says what to do about a failure.
func advise(e *route.Error, k call) string {
	var advice string
	switch {
	case e.Throttled:
		advice = "too many calls of this app at once: try again a little later, away from the full hour"
	case e.Code != "" && e.Status < 500:
		advice = adviseCode(e.Code)
	case e.Status == http.StatusForbidden:
		advice = "a page and no answer of the interface: a proxy may stand in between, or this address has made too " +
			"many calls and is blocked for five minutes"
	case e.Status >= 300:
		advice = route.AdviseStatus(e.Status, e.Message, "DingTalk")
	case e.Err != nil:
		advice = adviseCause(e.Err)
	}
	if e.Unknown {
		advice = strings.TrimPrefix(advice+"; it may have been carried out all the same: "+endpoints[k.name].check+
			" before sending it again", "; ")
	}
	return advice
}

func adviseCode(code string) string {
	if a, ok := codeAdvice[code]; ok {
		return a
	}
	for _, prefix := range []string{"Forbidden.AccessDenied.", "targetSelectApprover"} {
		if strings.HasPrefix(code, prefix) {
			return codeAdvice[prefix]
		}
	}
	switch field, missing := strings.CutPrefix(code, "Missing"); {
	case missing && field != "":
		return "the service misses " + field
	case strings.HasPrefix(code, "paramError"), strings.HasPrefix(code, "invalid"), strings.HasPrefix(code, "Invalid"):
		return "one of the values sent is wrong; the vendor's words say which"
	case strings.HasPrefix(code, "hsfIntegrationErrorCspace"):
		return "DingTalk's file service did not answer the approval service: check agent_id, or try again later"
	}
	return ""
}

func adviseCause(err error) string {
	switch {
	case errors.Is(err, route.ErrChanged):
		return "the file must not be written to while it is staged: try again when it is whole"
	case errors.Is(err, ErrExpired):
		return "stage the file again"
	}
	return route.Advise(err, "DingTalk")
}
