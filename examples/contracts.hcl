# Signed contracts, from e-sign to whoever approves them: their PDFs are fetched from Tencent e-sign, staged on the drive
# and in DingTalk, shown to a person there, and a link to each is posted into a chat. Everything runs on the sandbox, which
# stands in for all three vendors; the comments say what to write for the real ones.

provider "yomicloud" {
  endpoint = "sandbox:" # "https://drive.example.com", with YOMICLOUD_TOKEN in the environment
}

provider "dingtalk" {
  endpoint = "sandbox:" # left out: api.dingtalk.com, with DINGTALK_APP_KEY and DINGTALK_APP_SECRET in the environment
  agent_id = 8345000    # the app's agent id, from DingTalk's developer console
}

provider "tencentess" {
  endpoint     = "sandbox:" # left out: essbasic.tencentcloudapi.com, with TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY
  app_id       = "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi"
  organization = "org_dianziqian" # whose contracts these are
  operator     = "n9527"          # in whose name they are fetched
}

variable "flows" {
  type        = set(string)
  description = "The e-sign flows whose signed contracts are staged."
  default = [
    "yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", # one PDF
    "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", # two: a contract and its supplement
  ]
}

# All contracts together are one attachment. They are fetched when it is applied, if there is something to stage; their
# links live five minutes and are kept nowhere.
attachment "signed" {
  contract {
    flows = var.flows
  }

  drive {} # an approval attachment of the drive

  dingtalk { # files in DingTalk's approval space
    user_id     = "user123"
    union_id    = "union123" # the same person
    on_conflict = "rename"   # when a name is taken; also "overwrite", "reuse", "fail"

    # A preview is granted for one look in one approval. To grant it again:
    #   countersign stage -config=examples/contracts.hcl -preview=attachment.signed -user=user456 \
    #     -instance=a17444d1-075b-4a4d-9a0e-d2f0b5c0a111
    preview {
      user_id             = "user456"
      process_instance_id = "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"
    }

    link {
      conversation_id = "cidSandbox" # everybody in this chat gets a link to each file
    }
  }
}

output "attachment_id" {
  description = "For raising an approval on the drive."
  value       = attachment.signed.drive.id
}

output "form_value" {
  description = "The value of the attachment field (DDAttachment) of an approval in DingTalk, ready to send."
  value       = attachment.signed.dingtalk.form_value
}
