#!/usr/bin/env bash
# Applies what is checked out, after it was merged: the plan that review.sh kept, and no other. For any CI, with the state
# where COUNTERSIGN_STATE says; what it needs is in docs/ci/README.md of Countersign.
set -euo pipefail

: "${YOMICLOUD_TOKEN:?the token of the drive}" "${COUNTERSIGN_STATE:?the file that keeps the state, as an absolute path}" "${PLANS:?the folder in which review.sh keeps plans}"
POLICY=${POLICY:-policies}
RULES=${RULES:-} # a folder of policies that a change cannot reach, for -policy; none: the configuration's own alone
RESTRICT=${RESTRICT:-} # as for review.sh
API=${API:-} # as for review.sh; none: no comment
[ -z "$API" ] || : "${API_TOKEN:?the token that comments}"

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
content=$(git rev-parse "HEAD:./$POLICY")

tell() { # HEADING FILE: on the pull request
  if [ -z "$API" ] || [ ! -e "$PLANS/$content.pull" ]; then return; fi
  { printf '<!-- countersign apply -->\n## %s\n\n' "$1"; jq --raw-input --slurp --raw-output '"<pre>\n" + (.[-12000:] | @html | split("\n") | map(" " + .) | join("\n")) + "\n</pre>"' "$2"; } |
    jq --raw-input --slurp '{body: .}' > "$temp/body.json"
  # The token is in no command line.
  if ! curl --silent --show-error --fail-with-body --request POST --output "$temp/answer.json" \
    --header @<(printf 'Authorization: token %s\n' "$API_TOKEN") --header "Content-Type: application/json" \
    --data-binary "@$temp/body.json" "$API/issues/$(cat "$PLANS/$content.pull")/comments"; then
    echo "The comment could not be posted: $(jq -r '.message // "no answer"' "$temp/answer.json" 2> /dev/null)" >&2
    exit 1
  fi
}

refuse() {
  echo "$1 Run review.sh again, have its plan reviewed, and then run this again." | tee "$temp/refused.txt" >&2
  if [ -s "$temp/difference.txt" ]; then { echo; cat "$temp/difference.txt"; } >> "$temp/refused.txt"; fi
  tell "Nothing was applied" "$temp/refused.txt"
  exit 1
}

# Only the comparison shows whether this was reviewed, so until then it is trusted with no more than what is proposed.
restricted=-restrict
[ "$RESTRICT" != off ] || restricted=
code=0
countersign plan -input=false -no-color -lock-timeout=10m -detailed-exitcode -out="$temp/now.plan" \
  ${restricted:+"$restricted"} ${RULES:+"-policy=$RULES"} "$POLICY" || code=$?
[ "$code" = 0 ] || [ "$code" = 2 ] || exit "$code"
# Without changes, edits by hand that the configuration says by now are still to be recorded.
if [ "$code" = 0 ] && countersign show -json "$temp/now.plan" | jq --exit-status '.resource_drift == []' > /dev/null; then exit 0; fi
[ -f "$PLANS/$content.plan" ] || refuse "There are changes to apply, and no reviewed plan of them."
# Whatever could write to the folder of plans, a plan counts only if it is, byte for byte, what this program makes of this
# configuration, this state and this drive.
if ! cmp --silent "$PLANS/$content.plan" "$temp/now.plan"; then
  diff --unified --label reviewed --label now <(countersign show -no-color "$PLANS/$content.plan" 2>&1) <(countersign show -no-color "$temp/now.plan") |
    tee "$temp/difference.txt" || true
  refuse "The reviewed plan is not what would be done now: something was applied or edited by hand since."
fi
countersign apply -no-color -lock-timeout=10m "$PLANS/$content.plan" 2>&1 | tee "$temp/applied.txt" || {
  tell "Not everything was applied" "$temp/applied.txt"
  exit 1
}
tell "Applied" "$temp/applied.txt"
rm -f "$PLANS/$content.plan" "$PLANS/$content.pull"
