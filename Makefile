# What a target does is in scripts/; settings reach it through the environment.
# GNU make 3.81 and bash 3.2, as on macOS, suffice.

.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
WORKERS ?= 2
GIVEN :=
# What is given on the command line is text, whatever dollars and quotes it holds: make is kept from expanding it.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),\
  $(eval override $(name) := $$(value $(name)))$(eval export $(name))$(eval GIVEN += $(name))))
export PYTHON WORKERS GIVEN
# A caller's Python settings are not for ours.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP

RUN := .venv/bin/python

.DEFAULT:
	@$(error There is no target $@: `make help` lists all)

##@ Here, without an account

.PHONY: demo
demo: environment ## Train, deploy and test a model on this machine, through the real templates (DATA=, TRAIN=)
	@$(RUN) scripts/demo.py

.PHONY: drill
drill: environment ## Release while something is broken, and see it told truly and mended (FAULT=; without it, lists all)
	@$(RUN) scripts/drill.py

.PHONY: local
local: environment ## Serve local AWS in the foreground on 127.0.0.1 (PORT=)
	@PYTHONPATH=scripts exec $(RUN) -m localaws

.PHONY: test
test: environment ## Run the tests that take less than 2 s each (WORKERS=)
	@$(RUN) -m pytest -n "$$WORKERS" -m "not slow"

.PHONY: test-all
test-all: environment lint-environment client-environments ## Run all tests, those with the AWS CLI and the SageMaker SDK too (WORKERS=)
	@$(RUN) -m pytest -n "$$WORKERS"

.PHONY: lint
lint: environment lint-environment ## Check style, types, templates and shell scripts
	@scripts/lint.sh

.PHONY: bench
bench: environment ## Measure a demo, training, imports, load, the test of a gigabyte (SECONDS_OF_LOAD=, MEGABYTES=)
	@PYTHONPATH=scripts exec $(RUN) -m bench

##@ On AWS, or on a running local AWS

.PHONY: preflight
preflight: environment ## Find out whether everything can be made: credentials, region, quotas, names, stacks (SUFFIX=)
	@$(RUN) scripts/preflight.py

.PHONY: prep
prep: environment ## Create or update the prep stack: buckets and repositories (SUFFIX=, CONFIRM=)
	@$(RUN) scripts/deploy.py prep

.PHONY: package
package: environment ## Zip the four functions into build/
	@$(RUN) scripts/package.py

.PHONY: upload
upload: package ## Upload the zips and the templates (SUFFIX=)
	@$(RUN) scripts/upload.py

.PHONY: launch-links
launch-links: package ## Publish templates and zips, and print the links that launch them in a browser (TEMPLATE_BUCKET=, SUFFIX=)
	@$(RUN) scripts/launch_links.py

.PHONY: data
data: environment ## Upload the data, train.csv last: its arrival starts the pipeline (SUFFIX=, DATA=)
	@$(RUN) scripts/stage_data.py

.PHONY: seed-repositories
seed-repositories: environment ## Commit to each of the three repositories that is empty: code, tests, training.json (SUFFIX=)
	@$(RUN) scripts/seed_repositories.py

.PHONY: pipeline
pipeline: environment ## Create or update the pipeline stack, its change set shown first (SUFFIX=, TRAIN=, SOURCE=, CONFIRM=)
	@$(RUN) scripts/deploy.py pipeline

.PHONY: release
release: environment ## Follow the running execution, or start one (SUFFIX=, NEW=)
	@$(RUN) scripts/release.py

.PHONY: status
status: environment ## Show stacks, executions, endpoints, scores, logs, and what costs money by the hour (SUFFIX=)
	@PYTHONPATH=scripts exec $(RUN) -m status

.PHONY: report
report: environment ## Draw the last execution as a page, build/report.html (SUFFIX=)
	@PYTHONPATH=scripts exec $(RUN) -m report

.PHONY: invoke
invoke: environment ## Run one function of this checkout here, and show its answer (SUFFIX=, FUNCTION=, EVENT=)
	@$(RUN) scripts/invoke.py

.PHONY: deploy
deploy: preflight prep upload data pipeline ## preflight, prep, package, upload, data and pipeline, in this order (SUFFIX=)

.PHONY: teardown
teardown: environment ## Delete all of it, data and models too (SUFFIX=, CONFIRM=)
	@$(RUN) scripts/teardown.py

##@ Variables: make deploy SUFFIX=me42

#= SUFFIX=me42        names everything that is yours: 2 to 16 lower-case letters and digits
#= TEMPLATE_BUCKET=name  a bucket of yours in the region, where launch-links puts what its links launch
#= DATA=folder        holds train.csv, validation.csv and test.csv (default: Data)
#= TRAIN='{"hp-num-round": "50"}'  changes these keys of TrainUserParameters, and keeps the others
#= SOURCE=CodeCommit  makes a push to one of the three repositories an execution (default: None)
#= NEW=1              starts an execution even if one runs
#= CONFIRM=account    the account id, which whatever deletes data asks for
#= FAULT=training-killed  what a drill breaks; make drill lists all there is
#= FUNCTION=train-model  what invoke runs: train-model, get-status, deploy-model or evaluate-model
#= EVENT=tests/events/train-model.json  the event of CodePipeline that invoke gives it
#= PORT=4566          the port of local AWS
#= SECONDS_OF_LOAD=60  how long the callers of bench go on
#= MEGABYTES=1000     how large the test set of bench is
#= WORKERS=2          processes that run the tests
#= PYTHON=python3     the Python (3.11 or newer) that .venv is made of
#= AWS_PROFILE, AWS_REGION and the like mean what they mean to the AWS CLI, and a parameter
#= of a template can be given by its name: make pipeline SUFFIX=me42 SSEKMSKeyId=arn:aws:kms:...

##@ Upkeep

.PHONY: readme
readme: environment ## Write into README.md what local AWS serves and what of it is not proven on AWS
	@PYTHONPATH=scripts exec $(RUN) -m localaws.readme README.md

.PHONY: pictures
pictures: environment ## Draw the README's pictures: the pipeline's template, and the last demo's report in chromium
	@PYTHONPATH=scripts exec $(RUN) -m pictures

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^#= / {print "  " substr($$0, 4)} \
	  /^[a-z][a-z-]*:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: environment
environment: ## Build .venv, when its requirements changed (every target does)
	@command -v "$$PYTHON" >/dev/null || { case `uname` in Darwin) mend="brew install python@3.13";; \
	  *) mend="sudo apt-get install python3 python3-venv";; esac; echo "There is no $$PYTHON here: $$mend" >&2; exit 1; }
	@"$$PYTHON" -E -s -S scripts/environment.py .venv scripts/requirements/workshop.txt && $(RUN) -E -s -S scripts/spelling.py

.PHONY: lint-environment
lint-environment:
	@"$$PYTHON" -E -s -S scripts/environment.py .venv-lint scripts/requirements/lint.txt

.PHONY: client-environments
client-environments:
	@"$$PYTHON" -E -s -S scripts/environment.py .venv-awscli scripts/requirements/awscli.txt
	@"$$PYTHON" -E -s -S scripts/environment.py .venv-sagemaker-sdk scripts/requirements/sagemaker-sdk.txt
