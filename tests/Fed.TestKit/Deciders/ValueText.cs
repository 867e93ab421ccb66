using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Fed.TestKit.Deciders;

/// <summary>The whole content of a state, event or effect as text. Records compare collections by reference; their texts compare by content and order.</summary>
public static class ValueText
{
    /// <summary>The text; equal for equal content.</summary>
    public static string Of(object? value)
    {
        StringBuilder text = new();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').Append(s).Append('"');
                break;
            case byte[] bytes:
                text.Append(Convert.ToHexString(bytes));
                break;
            case ReadOnlyMemory<byte> memory:
                text.Append(Convert.ToHexString(memory.Span));
                break;
            case DateTimeOffset time:
                text.Append(time.ToString("O", CultureInfo.InvariantCulture));
                break;
            case ITuple tuple:
                WriteAll(text, '(', Enumerable.Range(0, tuple.Length).Select(i => tuple[i]), ')');
                break;
            case IEnumerable items:
                WriteAll(text, '[', items.Cast<object?>(), ']');
                break;
            default:
                if (IsPlain(value.GetType())) text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                else WriteMembers(text, value);
                break;
        }
    }

    /// <summary>Values that are their own text; generic ones (decisions, pairs) hold others and are written by member.</summary>
    private static bool IsPlain(Type type) => type.IsEnum || type.IsPrimitive || (type.IsValueType && !type.IsGenericType);

    private static void WriteAll(StringBuilder text, char open, IEnumerable<object?> items, char close)
    {
        text.Append(open);
        string comma = "";
        foreach (object? item in items)
        {
            text.Append(comma);
            Write(text, item);
            comma = ", ";
        }

        text.Append(close);
    }

    /// <summary>Stored members only: what is computed from them adds nothing.</summary>
    private static void WriteMembers(StringBuilder text, object value)
    {
        text.Append(value.GetType().Name).Append(" {");
        bool isValue = value.GetType().IsValueType;
        foreach (PropertyInfo member in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => (p.CanWrite || isValue) && p.GetIndexParameters().Length == 0))
        {
            text.Append(' ').Append(member.Name).Append('=');
            Write(text, member.GetValue(value));
        }

        text.Append(" }");
    }
}
