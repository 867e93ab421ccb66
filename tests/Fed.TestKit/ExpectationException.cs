using Xunit.Sdk;

namespace Fed.TestKit;

/// <summary>What a test expected did not happen. Says who waited for what, for how long, and what came in its place.</summary>
public sealed class ExpectationException(string message) : Exception(message), IAssertionException;
