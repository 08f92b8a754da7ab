# Every rule of the language, and those that know what AWS, Azure and Google
# accept: machine types, regions, formats of names.
config {
  call_module_type = "none"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Our files are named after what is in them: main.tf, variables.tf and outputs.tf
# are for modules that others call.
rule "terraform_standard_module_structure" {
  enabled = false
}

plugin "aws" {
  enabled = true
}

plugin "azurerm" {
  enabled = true
}

plugin "google" {
  enabled = true
}
