namespace Fed.Host.Configuration.Hocon;

/// <summary>Where a value was written.</summary>
/// <param name="File">As the user named it, includes resolved against the including file; <c>environment variable X</c> for values taken from there.</param>
/// <param name="Line">From 1; 0 when the value has no line.</param>
/// <param name="Column">From 1, in UTF-16 code units.</param>
internal readonly record struct HoconOrigin(string File, int Line, int Column)
{
    /// <summary>The form that editors and terminals turn into a link: <c>file:line:column</c>.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
