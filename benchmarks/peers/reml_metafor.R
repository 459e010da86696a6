# CPU seconds of metafor for random-effects fits by REML, one at a time: Rscript reml_metafor.R SETS.csv
suppressMessages(library(metafor))
data <- read.csv(commandArgs(TRUE)[1])
sets <- split(data, data$set)
start <- proc.time()
for (d in sets) rma(yi, vi, data = d, method = "REML")
used <- proc.time() - start
cat(as.numeric(used[1] + used[2]), "\n")
