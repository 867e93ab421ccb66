namespace Fed.Vectors;

/// <summary>A plan's grid does not fit its ring for the largest cohort. The message names each segment and the widest grid that fits.</summary>
public sealed class CapacityException(string message) : Exception(message);
