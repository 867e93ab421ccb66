namespace Fed.TestKit.Stores;

/// <summary>The simulated machine has stopped in the middle of an operation.</summary>
public sealed class SimulatedCrashException() : Exception("the simulated machine has stopped");
