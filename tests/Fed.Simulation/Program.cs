using Fed.Simulation;

return SimulationCommand.Run(args, Console.Out, Console.Error);
