namespace Fed.Actors.Kernel;

/// <summary>The place of an actor in its system's tree, compared by its text: <c>fed://SYSTEM/user/parent/child</c>.</summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    internal ActorPath(ActorPath? parent, string name)
    {
        Parent = parent;
        Name = name;
    }

    /// <summary>The supervisor's path; null for the root.</summary>
    public ActorPath? Parent { get; }

    /// <summary>The last element; the system's name for the root.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public bool Equals(ActorPath? other)
    {
        ActorPath? mine = this;
        for (; mine is not null && other is not null; mine = mine.Parent, other = other.Parent)
        {
            if (ReferenceEquals(mine, other)) return true;
            if (mine.Name != other.Name) return false;
        }
        return mine is null && other is null;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parent, Name);

    /// <inheritdoc/>
    public override string ToString() => Parent is null ? $"fed://{Name}" : $"{Parent}/{Name}";

    /// <summary>Names are letters, digits and <c>-_.$@:+</c>, 1 to 200 of them, so that a path reads without escapes.</summary>
    /// <exception cref="ArgumentException">The name is anything else.</exception>
    internal static string CheckedName(string name)
    {
        if (name.Length is 0 or > 200) throw new ArgumentException($"an actor's name has 1 to 200 characters, not {name.Length}", nameof(name));
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"-_.$@:+".Contains(c, StringComparison.Ordinal))
                throw new ArgumentException($"'{name}' is no actor name: '{c}' is neither a letter, a digit nor one of -_.$@:+", nameof(name));
        }
        return name;
    }
}
