#!/usr/bin/env bash
# Looks for what was edited by hand on the drive; exit code 2 says that there is some. To be run each night by any CI or by
# cron, with the state where COUNTERSIGN_STATE says; what it needs is in docs/ci/README.md of Countersign.
set -euo pipefail

: "${YOMICLOUD_TOKEN:?the token of the drive}" "${COUNTERSIGN_STATE:?the file that keeps the state, as an absolute path}"
POLICY=${POLICY:-policies}
RULES=${RULES:-}      # a folder of policies that a change cannot reach, for -policy; none: the configuration's own alone
RESTRICT=${RESTRICT:-} # as for review.sh
REPORTS=${REPORTS:-.} # the folder for drift.md
API=${API:-}          # of Gitea, Forgejo or GitHub, such as https://git.example.com/api/v1/repos/acme/policies; none: no issue
[ -z "$API" ] || : "${API_TOKEN:?the token that opens issues}"

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

# Whatever was merged, the token is sent to the drive alone.
restricted=-restrict
[ "$RESTRICT" != off ] || restricted=
code=0
countersign drift -unmanaged -input=false -no-color -report=markdown="$REPORTS/drift.md" \
  ${restricted:+"$restricted"} ${RULES:+"-policy=$RULES"} "$POLICY" || code=$?
if [ "$code" != 0 ] && [ "$code" != 2 ]; then exit "$code"; fi
if [ -z "$API" ]; then exit "$code"; fi

open=
for ((page = 1; page <= 100; page++)); do
  api GET "issues?state=open&per_page=50&limit=50&page=$page"
  open=$(jq '[.[] | select(.pull_request == null and ((.body // "") | startswith("<!-- countersign drift -->")))][0].number // empty' "$temp/answer.json")
  if [ -n "$open" ] || [ "$(jq length "$temp/answer.json")" = 0 ]; then break; fi
done
if [ "$code" = 2 ]; then
  jq --raw-input --slurp '{title: "Approval templates were edited by hand on the drive", body: .}' "$REPORTS/drift.md" > "$temp/body.json"
  if [ -n "$open" ]; then
    api PATCH "issues/$open" "$temp/body.json"
  else
    api POST issues "$temp/body.json"
  fi
elif [ -n "$open" ]; then
  echo '{"body": "Nothing differs any more from what was last applied or recorded."}' > "$temp/body.json"
  api POST "issues/$open/comments" "$temp/body.json"
  echo '{"state": "closed"}' > "$temp/body.json"
  api PATCH "issues/$open" "$temp/body.json"
fi
exit "$code"
