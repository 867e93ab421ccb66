using DotnetTrainer;
using Fed.Trainer;

return TrainerHost.Run(new RegressionTrainer());
