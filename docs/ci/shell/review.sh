#!/usr/bin/env bash
# Reviews what is checked out, before it is merged: validate, fmt, plan, and a comment with the plan in place of the former
# one. For any CI, with the state where COUNTERSIGN_STATE says; what it needs is in docs/ci/README.md of Countersign.
set -euo pipefail

: "${YOMICLOUD_TOKEN:?the token of the drive}" "${COUNTERSIGN_STATE:?the file that keeps the state, as an absolute path}" "${PLANS:?the folder in which plans are kept for apply.sh}"
POLICY=${POLICY:-policies}
RULES=${RULES:-}              # a folder of policies that a change cannot reach, for -policy; none: the configuration's own alone
REFUSE=${REFUSE:-}            # verdicts that need a second reviewer, such as weaker,incomparable: exit code 4; none: no verdict does
RESTRICT=${RESTRICT:-}        # off: what is proposed may read the environment and say where the token is sent
TARGET=${TARGET:-origin/main} # what it will be merged into
REPORTS=${REPORTS:-.}         # the folder for plan.md and plan.sarif
API=${API:-}                  # of Gitea, Forgejo or GitHub, such as https://git.example.com/api/v1/repos/acme/policies; none: no comment
PULL=${PULL:-}                # the number of the pull request
[ -z "$API" ] || : "${API_TOKEN:?the token that comments}" "${PULL:?the number of the pull request}"

# Nobody has reviewed this configuration: it reads no environment variable, and does not choose where the token is sent.
restricted=-restrict
[ "$RESTRICT" != off ] || restricted=

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

api() { # METHOD PATH [FILE]: the answer is in $temp/answer.json; the token is in no command line
  if ! curl --silent --show-error --fail-with-body --request "$1" --output "$temp/answer.json" \
    --header @<(printf 'Authorization: token %s\n' "$API_TOKEN") --header "Content-Type: application/json" \
    ${3:+--data-binary "@$3"} "$API/$2"; then
    echo "$1 $2: $(jq -r '.message // "no answer"' "$temp/answer.json" 2> /dev/null)" >&2
    exit 1
  fi
}

comment() {
  if [ -z "$API" ]; then return; fi
  local former="" page
  for ((page = 1; page <= 100; page++)); do
    api GET "issues/$PULL/comments?per_page=100&page=$page"
    former=$(jq '[.[] | select(.body | startswith("<!-- countersign plan -->"))][0].id // empty' "$temp/answer.json")
    if [ -n "$former" ] || [ "$(jq length "$temp/answer.json")" -lt 100 ]; then break; fi
  done
  jq --raw-input --slurp '{body: .}' "$REPORTS/plan.md" > "$temp/body.json"
  if [ -n "$former" ]; then
    api PATCH "issues/comments/$former" "$temp/body.json"
  else
    api POST "issues/$PULL/comments" "$temp/body.json"
  fi
}

# What is planned is what the target will be after the merge, as it is now.
if ! git -c user.name=countersign -c user.email=countersign@localhost merge --quiet --no-edit "$TARGET"; then
  printf '<!-- countersign plan -->\n## Planning failed\n\nThis branch cannot be merged into %s: resolve the conflicts first.\n' "$TARGET" > "$REPORTS/plan.md"
  comment
  exit 1
fi
content=$(git rev-parse "HEAD:./$POLICY") # the same after a merge, a squash or a rebase
mkdir -p "$PLANS"
rm -f "$PLANS/$content.plan"
code=0
countersign plan -input=false -no-color -lock-timeout=10m -out="$temp/reviewed.plan" -report=markdown="$REPORTS/plan.md" \
  -report=sarif="$REPORTS/plan.sarif" ${restricted:+"$restricted"} \
  ${RULES:+"-policy=$RULES"} ${REFUSE:+"-refuse=$REFUSE"} "$POLICY" || code=$?
if [ "$code" = 4 ]; then # the plan is kept like any other
  printf '\n**A second reviewer is needed**, because a change is one of: %s.\n' "$REFUSE" >> "$REPORTS/plan.md"
fi
comment
[ "$code" = 0 ] || [ "$code" = 4 ] || exit "$code"
countersign validate ${restricted:+"$restricted"} ${RULES:+"-policy=$RULES"} "$POLICY"
countersign fmt -check -diff -recursive "$POLICY"
[ -z "$PULL" ] || echo "$PULL" > "$PLANS/$content.pull"
cp "$temp/reviewed.plan" "$PLANS/$content.new"
mv "$PLANS/$content.new" "$PLANS/$content.plan"
exit "$code"
